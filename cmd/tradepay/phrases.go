package main

import "regexp"

var phrases = map[string]string{}

type pattern struct {
	en *regexp.Regexp
	es string
}

var patternTexts [][2]string

func patterns() []pattern { return nil }
