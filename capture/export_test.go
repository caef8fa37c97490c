package capture

// What tests of the table see of it.

type Row = linkRow

const (
	Dumped  = dumped
	Unread  = unread
	Untyped = untyped
)

func Rows() []Row { return linkTable[:] }

func (r Row) Number() LinkType     { return r.number }
func (r Row) ConstName() string    { return r.name }
func (r Row) Text() string         { return r.description }
func (r Row) Lacks(what lack) bool { return r.lacks&what != 0 }
