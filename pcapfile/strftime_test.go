package pcapfile

import (
	"testing"
	"time"
)

// TestStrftime compares with what glibc made of the formats in the C locale.
func TestStrftime(t *testing.T) {
	zone := time.FixedZone("CEST", 2*3600)
	times := []time.Time{
		time.Date(2024, 12, 30, 0, 5, 9, 0, zone),
		time.Date(2023, 1, 1, 12, 59, 60-1, 0, zone),
		time.Date(2026, 11, 21, 22, 7, 3, 0, zone),
	}
	for _, c := range strftimeTable {
		for i, at := range times {
			if got := strftime(c.format, at); got != c.want[i] {
				t.Errorf("strftime(%q, %v) = %q, glibc says %q", c.format, at, got, c.want[i])
			}
		}
	}
}

var strftimeTable = []struct {
	format string
	want   [3]string
}{
	{"a%Yb", [3]string{"a2024b", "a2023b", "a2026b"}},
	{"%a", [3]string{"Mon", "Sun", "Sat"}},
	{"%A", [3]string{"Monday", "Sunday", "Saturday"}},
	{"%b", [3]string{"Dec", "Jan", "Nov"}},
	{"%B", [3]string{"December", "January", "November"}},
	{"%c", [3]string{"Mon Dec 30 00:05:09 2024", "Sun Jan  1 12:59:59 2023", "Sat Nov 21 22:07:03 2026"}},
	{"%C", [3]string{"20", "20", "20"}},
	{"%d", [3]string{"30", "01", "21"}},
	{"%D", [3]string{"12/30/24", "01/01/23", "11/21/26"}},
	{"%e", [3]string{"30", " 1", "21"}},
	{"%F", [3]string{"2024-12-30", "2023-01-01", "2026-11-21"}},
	{"%g", [3]string{"25", "22", "26"}},
	{"%G", [3]string{"2025", "2022", "2026"}},
	{"%h", [3]string{"Dec", "Jan", "Nov"}},
	{"%H", [3]string{"00", "12", "22"}},
	{"%I", [3]string{"12", "12", "10"}},
	{"%j", [3]string{"365", "001", "325"}},
	{"%k", [3]string{" 0", "12", "22"}},
	{"%l", [3]string{"12", "12", "10"}},
	{"%m", [3]string{"12", "01", "11"}},
	{"%M", [3]string{"05", "59", "07"}},
	{"%n", [3]string{"\n", "\n", "\n"}},
	{"%p", [3]string{"AM", "PM", "PM"}},
	{"%P", [3]string{"am", "pm", "pm"}},
	{"%r", [3]string{"12:05:09 AM", "12:59:59 PM", "10:07:03 PM"}},
	{"%R", [3]string{"00:05", "12:59", "22:07"}},
	{"%s", [3]string{"1735509909", "1672570799", "1795291623"}},
	{"%S", [3]string{"09", "59", "03"}},
	{"%t", [3]string{"\t", "\t", "\t"}},
	{"%T", [3]string{"00:05:09", "12:59:59", "22:07:03"}},
	{"%u", [3]string{"1", "7", "6"}},
	{"%U", [3]string{"52", "01", "46"}},
	{"%V", [3]string{"01", "52", "47"}},
	{"%w", [3]string{"1", "0", "6"}},
	{"%W", [3]string{"53", "00", "46"}},
	{"%x", [3]string{"12/30/24", "01/01/23", "11/21/26"}},
	{"%X", [3]string{"00:05:09", "12:59:59", "22:07:03"}},
	{"%y", [3]string{"24", "23", "26"}},
	{"%Y", [3]string{"2024", "2023", "2026"}},
	{"%z", [3]string{"+0200", "+0200", "+0200"}},
	{"%Z", [3]string{"CEST", "CEST", "CEST"}},
	{"%%", [3]string{"%", "%", "%"}},
	{"%E", [3]string{"%E", "%E", "%E"}},
	{"%Ey", [3]string{"24", "23", "26"}},
	{"%Od", [3]string{"30", "01", "21"}},
	{"%q", [3]string{"%q", "%q", "%q"}},
	{"%+", [3]string{"%+", "%+", "%+"}},
	{"%:", [3]string{"%:", "%:", "%:"}},
	{"end%", [3]string{"end%", "end%", "end%"}},
	{"end%5", [3]string{"end   %5", "end   %5", "end   %5"}},
	{"%5d", [3]string{"00030", "00001", "00021"}},
	{"%-d", [3]string{"30", "1", "21"}},
	{"%_d", [3]string{"30", " 1", "21"}},
	{"%05d", [3]string{"00030", "00001", "00021"}},
	{"%-5d", [3]string{"   30", "    1", "   21"}},
	{"%_5d", [3]string{"   30", "    1", "   21"}},
	{"%-e", [3]string{"30", "1", "21"}},
	{"%0e", [3]string{"30", "01", "21"}},
	{"%^a", [3]string{"MON", "SUN", "SAT"}},
	{"%#a", [3]string{"MON", "SUN", "SAT"}},
	{"%^c", [3]string{"MON DEC 30 00:05:09 2024", "SUN JAN  1 12:59:59 2023", "SAT NOV 21 22:07:03 2026"}},
	{"%#p", [3]string{"am", "pm", "pm"}},
	{"%#Z", [3]string{"cest", "cest", "cest"}},
	{"%10a", [3]string{"       Mon", "       Sun", "       Sat"}},
	{"%010A", [3]string{"0000Monday", "0000Sunday", "00Saturday"}},
	{"%-10b", [3]string{"       Dec", "       Jan", "       Nov"}},
	{"%_10Y", [3]string{"      2024", "      2023", "      2026"}},
	{"%12F", [3]string{"  2024-12-30", "  2023-01-01", "  2026-11-21"}},
	{"%^B", [3]string{"DECEMBER", "JANUARY", "NOVEMBER"}},
	{"%-H:%-M", [3]string{"0:5", "12:59", "22:7"}},
	{"%020c", [3]string{"Mon Dec 30 00:05:09 2024", "Sun Jan  1 12:59:59 2023", "Sat Nov 21 22:07:03 2026"}},
	{"%3%", [3]string{"  %", "  %", "  %"}},
	{"%8T", [3]string{"00:05:09", "12:59:59", "22:07:03"}},
	{"%L", [3]string{"%L", "%L", "%L"}},
	{"%f", [3]string{"%f", "%f", "%f"}},
	{"%i", [3]string{"%i", "%i", "%i"}},
	{"%J", [3]string{"%J", "%J", "%J"}},
	{"%K", [3]string{"%K", "%K", "%K"}},
	{"%N", [3]string{"%N", "%N", "%N"}},
	{"%o", [3]string{"%o", "%o", "%o"}},
	{"%O", [3]string{"%O", "%O", "%O"}},
	{"%E5d", [3]string{"%E5d", "%E5d", "%E5d"}},
	{"%^P", [3]string{"am", "pm", "pm"}},
	{"%^%", [3]string{"%", "%", "%"}},
}
