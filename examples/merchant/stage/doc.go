// Package stage shows a payment happening: a phone that runs the shop as a mini
// program, beside the messages that the five parties send each other.
package stage
