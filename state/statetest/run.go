// Package statetest is the contract of package state as tests: a back end joins
// by handing in a constructor. Change the suite, not a back end's own test, when
// the contract changes.
package statetest

import (
	"testing"

	"flowd/state"
)

// Open returns a store that keeps its files, if it has any, below dir. A folder
// that was used before holds what was kept there. The constructor registers
// closing, and whatever checks the store can do on itself, with t.Cleanup.
type Open func(t *testing.T, dir string) state.Store

// Run tests each method as one caller sees it.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*desk)
	}{
		{"Admit/keeps events in order and once", admitOnce},
		{"Admit/refuses a batch whole", admitWhole},
		{"Admit/orders by time within an application", admitOrder},
		{"Admit/fills what the source left out", admitFills},
		{"Admit/who moved it is of the move", admitMovedBy},
		{"Admit/sources of one system share applications", admitShares},
		{"Merge/is told", mergeTold},
		{"Merge/into somebody unknown", mergeUnknown},
		{"Merge/is seen", mergeSeen},
		{"Merge/another address is seen", mergeAddress},
		{"Merge/takes nothing from what is known", mergeKeeps},
		{"Admit/moves the cursor with the events", admitCursor},
		{"Admit/a stage already known is no move", noveltySameStage},
		{"Admit/what is older than the last change is superseded", noveltySuperseded},
		{"Admit/only a stage that was entered moves the stage", noveltyOtherTypes},
		{"Admit/a wrong clock bars nothing", noveltyClock},
		{"Admit/a way to write is opened only by saying so", admitContact},
		{"Seen/the first poll is a baseline", seenBaseline},
		{"Seen/a first poll that was cut short is one", seenFirstPages},
		{"Seen/when a stage was entered", seenEntered},
		{"Seen/what was too long ago is recorded alone", seenStale},
		{"Seen/anew after a lost cursor", seenAnew},
		{"Seen/the first sight as a move", seenFirst},
		{"Seen/a new application is created and enters its stage", seenNew},
		{"Seen/a changed stage is a move", seenMoved},
		{"Seen/a changed status is an event", seenStatus},
		{"Seen/what a hook overtook says nothing", seenOvertaken},
		{"Seen/what a hook of another clock overtook moves nobody back", seenOvertakenByAnotherClock},
		{"Seen/a page is no newer than when it was asked for", seenThenOvertaken},
		{"Seen/twice in a stage on one day", seenTwiceADay},
		{"Seen/nobody who was erased comes back", seenErased},
		{"Seen/an order is an event and no move", ordered},
		{"Sighting/an invite that went out is an event", settledInvite},
		{"Sighting/before the answer to the call", sightedFirst},
		{"Sighting/a finish, and another one", sightedFinish},
		{"Sighting/what is older changes nothing", sightedLate},
		{"Sighting/in any order", sightedAnyOrder},
		{"Sighting/a baseline", sightedBaseline},
		{"Sighting/of a shared interview", sightedShared},
		{"Echo/of a status", echoStatus},
		{"Echo/of a deletion", echoWithdraw},
		{"Echo/of a move", echoMove},
		{"Tie/an interview of nobody", untied},
		{"Tie/by hand", tieLater},
		{"Tie/interviews by page", interviewPages},
		{"Undecided/stays until it is committed", undecided},
		{"Commit/makes rows", commitPromises},
		{"Commit/once", commitOnce},
		{"Commit/a key is promised once", commitKey},
		{"Commit/a claim is held once", commitClaim},
		{"Commit/what ended for a changed world holds nothing", commitReopens},
		{"Commit/a decision that waits is written over", commitDecide},
		{"Commit/reconsiders what an earlier event lacked", commitReconsiders},
		{"Commit/decides again by what is known now", reconsidered},
		{"Cancel/ends what is owed and nothing that may have gone out", cancelOwed},
		{"Cancel/spares the stage that was entered", cancelExcept},
		{"Cancel/reaches every application of a job", cancelJob},
		{"Cancel/what concerns a candidate concerns all applications", candidateEvents},
		{"Cancel/leaves what follows an interview", cancelReactions},
		{"Forget/ends what is owed and keeps the keys", forgetOwed},
		{"Forget/an interview of nobody", forgetUntied},
		{"Forget/what is under way", forgetUnderWay},
		{"Forget/an interview that nobody has placed", forgetUnplaced},
		{"Forget/drops the person and keeps the keys", forget},
		{"Forget/one application of several", forgetOne},
		{"Forget/what was sent before brings nobody back", forgetStays},
		{"Lease/in order, one for each application", leaseOrder},
		{"Lease/not before its time", leaseWaits},
		{"Lease/runs out and is looked up", leaseExpires},
		{"Lease/knows the application as it is now", leaseFacts},
		{"Settle/each state", settleStates},
		{"Settle/puts back", settlePutsBack},
		{"Settle/counts attempts apart from leases", settleUncounted},
		{"Settle/too late is a note", settleLate},
		{"Settle/replaced is decided again", settleReplaced},
		{"Settle/keeps the first and the newest steps", settleSteps},
		{"Steps/one after the other", steps},
		{"Steps/end with the one before", stepsEnd},
		{"Steps/held first", heldFirst},
		{"Fill/keeps the text", fillText},
		{"Amend/release", amendRelease},
		{"Amend/release decides again", amendDecides},
		{"Amend/decides again what is held", amendRedecides},
		{"Amend/and what waits under a rule that changed", amendReplans},
		{"Amend/cancel", amendCancel},
		{"Amend/selects by every part", amendSelects},
		{"Pause/everything", pauseAll},
		{"Pause/the account, with a probe", pauseAccount},
		{"Pause/a position is parked and keeps its order", pausePosition},
		{"Pause/a rule is parked, what may be out as well", pauseRule},
		{"Pause/two on one row", pauseTwo},
		{"Pause/by kind", pauseKinds},
		{"Caps/per hour and day", capsPerHour},
		{"Caps/zero lets nobody through", capsZero},
		{"Caps/per person", capsPerPerson},
		{"Caps/what may be out is looked up when there is room", capsUncertain},
		{"Guard/a rule that asks for too many pauses itself", guardFlood},
		{"Guard/counts what would go out", guardCounts},
		{"Guard/many at once want a yes", guardApproval},
		{"Guard/many at once of a rule that pauses itself", guardApprovalPaused},
		{"Guard/a yes is to the time that was asked for", guardApprovalTime},
		{"Guard/what follows an event wants a yes by its first step", guardApprovalSteps},
		{"Batch/what is held together", batchHeld},
		{"Batch/of a rule that pauses itself", batchFlood},
		{"Batch/of orders", batchOrders},
		{"Amend/once", amendOnce},
		{"Limit/per hour and day", limitPerHour},
		{"Limit/what may be out, and a release", limitOne},
		{"Priority/goes before the time", priority},
		{"Find/pages join to the whole", findPages},
		{"Find/filters", findFilters},
		{"Find/what was left out", findLeft},
		{"Find/who stands somewhere", findStanding},
		{"Find/who stands where, and by which row", findCovered},
		{"Find/what was picked, and until where", findPicked},
		{"Story/by every reference", storyRefs},
		{"Story/a candidate's applications", storyCandidate},
		{"Story/fields of that day", storyFields},
		{"Counts/follow what happens", counts},
		{"Shelf/keeps documents", shelf},
		{"Inspect/quarantine is bounded", quarantine},
		{"Inspect/raw bodies go with the person", rawBodies},
		{"Prune/keeps keys and what is owed", prune},
		{"Context/one that ended changes nothing", contextEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(newDesk(t, open))
		})
	}
}
