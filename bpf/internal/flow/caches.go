package flow

// caches are what the optimizer has found out of values and nodes, once and for
// all.
type caches struct {
	// By value.
	simple      table[*Value] // its simplest form
	limits      table[bounds]
	variables   table[bool] // whether it depends on variables
	valueShapes table[uint64]

	// By node: of it and what comes behind.
	live       table[uint64] // variables asked for
	shapes     table[uint64]
	sharpened  table[*Node]
	duplicated table[*Node]
	support    table[uint64] // values asked for, a bit each
	slots      table[uint64] // by value: its bit
	slotCount  int

	groups struct { // the graph that was regrouped last
		from, to *Node
		halved   bool
		linear   int
	}
}

// rooms are what passes and selection fill anew for each graph; they keep their
// memory.
type rooms struct {
	seen     table[struct{}]
	order    []*Node
	guesses  table[machineGuess]
	pairs    table[*Node]
	back     table[*Node]
	merged   table[*Node]
	replaced table[*Node]
	findings findings
	sharp    sharpener
	pulls    puller
	selector selector
}
