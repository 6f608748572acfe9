package transport

// NewPool is the pool of clients without an HTTP client of their own.
var NewPool = newPool
