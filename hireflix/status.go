package hireflix

import "flowd"

// status reads any of Hireflix's three vocabularies: the older API's, which
// webhooks speak too, the newer listing's and the screen's (the vendor's guide,
// Q7 and Q20). A word that is not known is none.
func status(w word) flowd.InterviewStatus {
	switch w {
	case "pending", "invited":
		return flowd.InterviewPending
	case "completed", "to_evaluate":
		return flowd.InterviewToEvaluate
	case "finalist", "shortlisted", "preselected":
		return flowd.InterviewShortlisted
	case "archived", "discarded":
		return flowd.InterviewDiscarded
	}
	return ""
}
