package args

import (
	"reflect"
	"slices"

	"github.com/tapdump/tapdump/internal/triggers"
)

// parseTrigger reads one --trigger, beside others. The error is a *triggers.Error.
func parseTrigger(what string, target reflect.Value) error {
	one, err := triggers.Parse(what, facts())
	if err != nil {
		return &triggers.Error{Rule: what, Err: err}
	}
	target.Set(reflect.Append(target, reflect.ValueOf(one)))
	return nil
}

// checkTriggers refuses triggers that other options leave nothing to fire at.
func (o *options) checkTriggers() error {
	for i := range o.Triggers {
		switch t := &o.Triggers[i]; {
		case o.reads() && !t.OfPackets():
			return Complaint("--trigger " + t.Rule + " is about what happens while packets are captured: of savefiles packets and their times are known; " +
				"leave it out, or capture with -i")
		case t.Kind == triggers.Drops && o.Engine == EngineGoPcap:
			return Complaint("--trigger drops: --capture-engine go-pcap does not count what is lost: leave one of them out")
		}
	}
	return nil
}

// triggersOn reports whether there is a trigger of a kind.
func (o *options) triggersOn(kind triggers.Kind) bool {
	return slices.ContainsFunc(o.Triggers, func(t triggers.Trigger) bool { return t.Kind == kind })
}

// triggerFacts are the facts that triggers ask for.
func (o *options) triggerFacts() (all []int) {
	for i := range o.Triggers {
		all = append(all, o.Triggers[i].Conditions.Facts()...)
	}
	return all
}
