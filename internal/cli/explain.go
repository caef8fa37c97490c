package cli

// appendHere says, behind the explanation of a program, what its packets go through
// then that is not in it.
func (s *session) appendHere(b []byte) []byte {
	start := len(b)
	say := func(option, why string) {
		value, given := s.plan.Given[option]
		if !given {
			return
		}
		if len(b) == start {
			b = append(b, "\nWhat this program lets through is looked at here, for\n"...)
		}
		b = append(append(b, "  --"...), option...)
		if value != "on" {
			b = append(append(b, ' '), value...)
		}
		b = append(append(append(b, ": "...), why...), '\n')
	}
	const partly = "decides here; what a program can say of it is in this one"
	say("protocol", partly)
	say("port", partly)
	say("ip", partly)
	if s.plan.Analysis != nil && s.plan.Analysis.Facts {
		say("condition", "decides here, by what earlier packets said too; nothing of it is in this program")
	} else {
		say("condition", partly)
	}
	say("find", "decides here")
	say("find-stream", "takes all segments of TCP that this program lets through")
	say("tracking", "decides here, by earlier packets")
	say("tcp-analysis", "knows the packets that this program lets through")
	say("app", "knows the packets that this program lets through")
	if s.plan.Analysis != nil && s.plan.Analysis.Hosts.Heard {
		why := "knows the packets that this program lets through"
		if len(s.plan.Files.Names)+len(s.plan.Files.Lists) > 0 {
			why = "knows all packets of the file"
		}
		say("names", why)
	}
	return b
}
