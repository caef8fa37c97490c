package owners

import "strings"

// shortContainer is how many digits of a container's identifier are shown, as docker ps
// does.
const shortContainer = 12

// containerOf is the identifier of the container that a control group is of, "" if it is
// of none: the last part of the path that has 64 hexadecimal digits, as docker-ID.scope,
// cri-containerd-ID.scope, crio-ID.scope and libpod-ID.scope have them, or /docker/ID.
func containerOf(group string) string {
	for rest := group; rest != ""; {
		at := strings.LastIndexByte(rest, '/')
		part := rest[at+1:]
		rest = rest[:max(at, 0)]
		part = strings.TrimSuffix(part, ".scope")
		part = part[strings.LastIndexAny(part, "-:")+1:]
		if len(part) == 64 && strings.Trim(part, "0123456789abcdef") == "" {
			return part[:shortContainer]
		}
	}
	return ""
}

// containerIn is that of a file /proc/PID/cgroup (cgroups(7)), whose lines have the path
// behind the second colon.
func containerIn(file string) string {
	for line := range strings.Lines(file) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 {
			if id := containerOf(parts[2]); id != "" {
				return id
			}
		}
	}
	return ""
}
