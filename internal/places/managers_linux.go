package places

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Names that Kubernetes and its run times give what they know of a container: labels
// of Docker's and CRI-O's, annotations of containerd's.
const (
	labelPod       = "io.kubernetes.pod.name"
	labelSpace     = "io.kubernetes.pod.namespace"
	labelContainer = "io.kubernetes.container.name"

	criType      = "io.kubernetes.cri.container-type"
	criPod       = "io.kubernetes.cri.sandbox-name"
	criSpace     = "io.kubernetes.cri.sandbox-namespace"
	criContainer = "io.kubernetes.cri.container-name"

	crioType    = "io.kubernetes.cri-o.ContainerType"
	managedBy   = "io.container.manager"
	nerdctlName = "nerdctl/name"
)

// annotated takes in what notes say of a container.
func (c *container) annotated(notes map[string]string) {
	first := func(names ...string) string {
		for _, name := range names {
			if v := notes[name]; v != "" {
				return v
			}
		}
		return ""
	}
	c.pod, c.podSpace = first(labelPod, criPod), first(labelSpace, criSpace)
	if name := first(labelContainer, criContainer, nerdctlName); name != "" {
		c.name = name
	}
	c.infra = first(criType, crioType) == "sandbox" || notes["io.kubernetes.docker.type"] == "podsandbox"
}

// dockerState is what Docker writes of a container (config.v2.json).
type dockerState struct {
	ID, Name string
	State    struct {
		Running bool
		Pid     int
	}
	Config struct{ Labels map[string]string }
}

// docker takes in the containers of Docker: its folder has one for each. That of a
// user's own is in the home folder.
func (s *survey) docker(homes map[int]string) {
	data := map[string]int{s.path("/var/lib/docker"): 0, s.path("/var/snap/docker/common/var-lib-docker"): 0}
	if settings, _, ok := decode[struct {
		DataRoot string `json:"data-root"`
	}](s, s.path("/etc/docker/daemon.json")); ok && filepath.IsAbs(settings.DataRoot) {
		data[s.path(settings.DataRoot)] = 0
	}
	for uid, home := range homes {
		data[s.path(home, ".local/share/docker")] = uid
	}
	for _, dir := range slices.Sorted(maps.Keys(data)) {
		all := filepath.Join(dir, "containers")
		s.look(all)
		for _, id := range s.list(all) {
			if !isID(id) {
				continue
			}
			state, at, ok := decode[dockerState](s, filepath.Join(all, id, "config.v2.json"))
			if !ok {
				continue
			}
			c := container{manager: "docker", id: id, name: strings.TrimPrefix(state.Name, "/"), written: at, user: data[dir]}
			if state.State.Running {
				c.pid = state.State.Pid
			}
			c.annotated(state.Config.Labels)
			s.add(c)
		}
	}
}

// bundle is what a container's run time is told (config.json of the OCI runtime
// specification).
type bundle struct {
	Annotations map[string]string `json:"annotations"`
}

// containerd takes in the containers of containerd: a folder for each of its
// namespaces has one for each container that runs.
func (s *survey) containerd() {
	for _, state := range []string{"/run/containerd", "/run/k3s/containerd", "/var/snap/microk8s/common/run/containerd"} {
		for _, version := range []string{"io.containerd.runtime.v2.task", "io.containerd.runtime.v1.linux"} {
			dir := s.path(state, version)
			s.look(dir)
			for _, space := range s.list(dir) {
				for _, id := range s.list(filepath.Join(dir, space)) {
					if len(id) > maxName {
						continue
					}
					c := container{manager: "containerd", id: id}
					c.pid, c.written = s.number(filepath.Join(dir, space, id, "init.pid"))
					if !isID(id) {
						c.name = id // whoever made it has named it
					}
					if b, _, ok := decode[bundle](s, filepath.Join(dir, space, id, "config.json")); ok {
						c.annotated(b.Annotations)
					}
					s.add(c)
				}
			}
		}
	}
}

// stored is a container in the list of containers/storage.
type stored struct {
	ID    string   `json:"id"`
	Names []string `json:"names"`
}

// crioState is what CRI-O writes of a container (state.json).
type crioState struct {
	Pid  int    `json:"initPid"`
	Time string `json:"initStartTime"`
}

// storage takes in the containers of Podman and CRI-O, which share a library: what
// stays of them is in one folder, what concerns those that run in another; both have
// a folder for each storage driver.
func (s *survey) storage(homes map[int]string) {
	type pair struct {
		run, stays string
		user       int
	}
	pairs := []pair{{s.path("/run/containers/storage"), s.path("/var/lib/containers/storage"), 0}}
	for _, uid := range slices.Sorted(maps.Keys(homes)) {
		pairs = append(pairs, pair{s.path("/run/user", strconv.Itoa(uid), "containers"), s.path(homes[uid], ".local/share/containers/storage"), uid})
	}
	for _, p := range pairs {
		drivers := make(map[string]bool)
		for _, dir := range []string{p.run, p.stays} {
			s.look(dir)
			for _, name := range s.list(dir) {
				if strings.HasSuffix(name, "-containers") {
					drivers[name] = true
				}
			}
		}
		for _, driver := range slices.Sorted(maps.Keys(drivers)) {
			s.stored(filepath.Join(p.run, driver), filepath.Join(p.stays, driver), p.user)
		}
	}
}

// stored takes in the containers of one storage driver.
func (s *survey) stored(run, stays string, user int) {
	names := make(map[string]string)
	for _, list := range []string{filepath.Join(stays, "containers.json"), filepath.Join(stays, "volatile-containers.json"), filepath.Join(run, "volatile-containers.json")} {
		all, _, _ := decode[[]stored](s, list)
		for _, c := range all {
			if isID(c.ID) && len(names) < maxContainers {
				names[c.ID] = ""
				if len(c.Names) > 0 {
					names[c.ID] = c.Names[0]
				}
			}
		}
	}
	for _, id := range s.list(run) {
		if _, listed := names[id]; !listed && isID(id) && len(names) < maxContainers {
			names[id] = ""
		}
	}
	for _, id := range slices.Sorted(maps.Keys(names)) {
		c := container{manager: "podman", id: id, name: names[id], user: user}
		c.pid, c.written = s.number(filepath.Join(run, id, "userdata/pidfile"))
		for _, dir := range []string{stays, run} {
			data := filepath.Join(dir, id, "userdata")
			if b, _, ok := decode[bundle](s, filepath.Join(data, "config.json")); ok {
				c.annotated(b.Annotations)
				if b.Annotations[managedBy] == "cri-o" || b.Annotations[crioType] != "" {
					c.manager = "cri-o"
				}
			}
			if state, at, ok := decode[crioState](s, filepath.Join(data, "state.json")); ok && state.Pid > 0 && c.pid == 0 {
				c.pid, c.written = state.Pid, at
			}
		}
		s.add(c)
	}
}

// group is what a control group of a container is called: docker-ID.scope,
// cri-containerd-ID.scope, crio-ID.scope, libpod-ID.scope, or the ID alone.
func group(name string) (manager, id string) {
	name = strings.TrimSuffix(name, ".scope")
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		manager, name = name[:i], name[i+1:]
	}
	if !isID(name) || strings.Contains(manager, "conmon") { // which only watches one
		return "", ""
	}
	switch {
	case strings.HasPrefix(manager, "libpod"):
		return "podman", name
	case strings.HasPrefix(manager, "crio"):
		return "cri-o", name
	case manager == "docker":
		return "docker", name
	case manager != "":
		return "containerd", name
	}
	return "", name
}

// groups finds the container in what proc(5) says of a process's control groups: a
// line for each hierarchy. The ID is "" without one.
func groups(text string) (manager, id string) {
	for line := range strings.Lines(text) {
		_, path, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		_, path, _ = strings.Cut(path, ":")
		parts := strings.Split(path, "/")
		for i := len(parts) - 1; i >= 0; i-- { // a container in a container is the inner one
			m, is := group(parts[i])
			if is == "" {
				continue
			}
			if m == "" && i > 0 && parts[i-1] == "docker" {
				m = "docker"
			}
			if m == "" {
				m = "container"
			}
			return m, is
		}
	}
	return "", ""
}

// groupOf is the ID of the container that a process is in by its control groups, ""
// without one.
func (s *survey) groupOf(pid int) string {
	text, err := readFile(s.proc(pid, "cgroup"))
	if err != nil {
		return ""
	}
	_, id := groups(string(text.data))
	return id
}

// member is a process that was looked at before, and the container it is in.
type member struct {
	first       process
	manager, id string
	looks       int
}

// settled is after how many looks a process is thought to stay in its control group:
// a container's first one is put there when it has begun.
const settled = 3

// control takes in the containers that no manager's files tell of, by the control
// groups of processes; of each the process that began first.
func (s *survey) control() {
	s.look(filepath.Dir(s.proc(0, "")))
	s.members = make(map[string]process)
	last := s.seen
	s.seen = make(map[int]member)
	for _, name := range s.list(filepath.Dir(s.proc(0, ""))) {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		p, err := s.process(pid)
		if err != nil {
			continue
		}
		m := last[pid]
		if p != m.first {
			m = member{first: p}
		}
		if m.looks < settled {
			text, err := readFile(s.proc(pid, "cgroup"))
			if err != nil {
				continue
			}
			m.manager, m.id = groups(string(text.data))
		}
		m.looks++
		s.seen[pid] = m
		if m.id == "" {
			continue
		}
		if has, ok := s.members[m.id]; !ok || m.first.began < has.began {
			s.members[m.id] = m.first
		}
		if s.byID[m.id] == nil {
			s.add(container{manager: m.manager, id: m.id})
		}
	}
}
