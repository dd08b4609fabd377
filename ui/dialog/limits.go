package dialog

import (
	"fmt"

	"ferry/ui/edit"
)

// Rates are limits in bytes a second, 0 for none.
type Rates struct{ Down, Up int64 }

// LimitsSet is the value of Limits.
type LimitsSet struct{ All, Server Rates }

// Limits asks for the limits over all transfers and, unless server is "", for
// those of that server. Value: LimitsSet.
func Limits(all Rates, server string, own Rates) *Dialog {
	d := &Dialog{Name: "limit", title: "Limit the rate", corner: server, width: 60, enter: "ok"}
	d.parts = []part{&words{text: "Bytes a second: 500K, 2M; 0 or nothing for no limit"}, gap{}}
	rate := func(label string, n int64) *field {
		f := &field{label: label, in: edit.New(rateText(n)), hint: "none"}
		d.parts = append(d.parts, f)
		return f
	}
	fields := []*field{rate("All, down", all.Down), rate("All, up", all.Up)}
	if server != "" {
		fields = append(fields, rate("This server, down", own.Down), rate("This server, up", own.Up))
	}
	align(d.parts...)
	d.bar = &buttons{items: []button{{choice: "ok", label: "Set", letter: 's'}, {choice: cancelChoice, label: "Cancel"}}}
	d.done = func(string) (Value, error) {
		v := LimitsSet{Server: own}
		to := []*int64{&v.All.Down, &v.All.Up, &v.Server.Down, &v.Server.Up}
		for i, f := range fields {
			n, err := ParseRate(f.value())
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.label, err)
			}
			*to[i] = n
		}
		return v, nil
	}
	return d
}
