package otelorderflow

// ErrorType is the word for an error.
var ErrorType = errorType
