package cli

import (
	"testing"
	"time"
)

func TestLocalZone(t *testing.T) {
	winter := time.Unix(1_700_000_000, 0) // 2023-11-14 22:13:20 UTC
	summer := time.Unix(1_690_000_000, 0) // 2023-07-22 04:26:40 UTC
	for _, test := range []struct{ tz, winter, summer string }{
		{"GMT0", "22:13", "04:26"},
		{"", "22:13", "04:26"},
		{"UTC-3", "01:13", "07:26"},
		{"XYZ+3:30", "18:43", "00:56"},
		{"<+0545>-5:45", "03:58", "10:11"},
		{"CET-1CEST,M3.5.0,M10.5.0/3", "23:13", "06:26"},
		{":CET-1CEST,M3.5.0,M10.5.0/3", "23:13", "06:26"},
		{"no such zone", "22:13", "04:26"},
	} {
		t.Setenv("TZ", test.tz)
		zone := localZone()
		if zone == time.Local && test.tz != "" && test.tz != "no such zone" {
			t.Errorf("TZ=%s is not understood", test.tz)
			continue
		} else if zone == time.Local {
			continue // the process has read TZ before this test set it
		}
		if got := winter.In(zone).Format("15:04"); got != test.winter {
			t.Errorf("TZ=%s in winter: %s, want %s", test.tz, got, test.winter)
		}
		if got := summer.In(zone).Format("15:04"); got != test.summer {
			t.Errorf("TZ=%s in summer: %s, want %s", test.tz, got, test.summer)
		}
	}
}
