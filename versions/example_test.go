package versions_test

import (
	"fmt"

	"github.com/tapdump/tapdump/versions"
)

func Example() {
	v, err := versions.Parse("5.0")
	fmt.Println(v, err, v.Tcpdump(), "with libpcap", v.Libpcap(), v > versions.V4_99_6)
	_, err = versions.Parse("6")
	fmt.Println(err)
	// Output:
	// 5.0 <nil> 5.0.0-PRE-GIT with libpcap 1.11.0-PRE-GIT true
	// not one of 4.99.6, 4.99, 5.0
}
