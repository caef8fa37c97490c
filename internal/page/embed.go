//go:build !nopage

package page

import "embed"

// level is what the program is compressed by again.
const level = 5

//go:embed assets
var assets embed.FS
