//go:build nopage

package page

import "embed"

const level = 1

var assets embed.FS
