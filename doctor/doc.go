// Package doctor says why a signature does not verify, and what to change.
// [Diagnose] takes the rejected message with the available keys, and tries what
// is usually signed or written by mistake. It has no client and sends nothing.
//
// A diagnosis loosens no check: never act on a message because the doctor
// understands it.
package doctor
