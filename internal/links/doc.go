// Package links makes and reads the tokens in flowd's own links, and serves those
// to recordings; the links on which people say yes or no (Approvals) lead to pages
// that package web serves.
//
// A link to a recording is an address that stays the same for as long as the
// recording may be watched, and that leads on to a link of Hireflix which is made,
// or looked up, at each click (the vendor's guide, Q4, calls that the preferred
// way).
//
// A link holds ids and a signature and needs no table. That it still holds is
// asked at each click, so that erasing a person, withdrawing an interview or the
// end of an application ends it at once. It leads to hosts that are known
// beforehand and nowhere else, and neither it nor anything of a person is
// logged.
package links
