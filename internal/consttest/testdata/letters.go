package letters

type Letter string

const (
	A Letter = "a"
	B Letter = `b " c`
	N        = "no letter"
	S string = "no letter"
)

const D Letter = "d"

var computed Letter = A + D
