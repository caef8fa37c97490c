package records_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/flows"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestClickHouse: the tables of docs/examples/clickhouse have all columns.
func TestClickHouse(t *testing.T) {
	var b strings.Builder
	b.WriteString("-- Tables for ClickHouse, made of the columns of tapdump. What a record does not have\n" +
		"-- is NULL, or an empty list.\n\n")
	appendClickHouse(&b, "packets", "timestamp", records.PacketColumns())
	b.WriteByte('\n')
	appendClickHouse(&b, "flows", "ts", flows.Columns())
	testenv.Golden(t, "../../docs/examples/clickhouse/tables.sql", []byte(b.String()))
}

func appendClickHouse[T any](b *strings.Builder, table, time string, columns []*records.Column[T]) {
	fmt.Fprintf(b, "CREATE TABLE IF NOT EXISTS %s (\n", table)
	for i, c := range columns {
		comma := ","
		if i == len(columns)-1 {
			comma = ""
		}
		typ := map[records.Kind]string{
			records.Number:   "Nullable(UInt64)",
			records.Interval: "Nullable(Float64)",
			records.Time:     "DateTime64(9, 'UTC')",
			records.Flag:     "Nullable(Bool)",
			records.Word:     "LowCardinality(Nullable(String))",
			records.Text:     "Nullable(String)",
			records.List:     "Array(String)",
			records.Bytes:    "Nullable(String)",
		}[c.Kind]
		if c.Name == "uid" || c.Name == "community_id" { // which are many
			typ = "Nullable(String)"
		}
		fmt.Fprintf(b, "    %s %s%s\n", c.Name, typ, comma)
	}
	fmt.Fprintf(b, ") ENGINE = MergeTree PARTITION BY toDate(%s) ORDER BY %s;\n", time, time)
}
