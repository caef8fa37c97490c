// Command broker is Kafka for a test: it prints its address, and then the values of
// TOPIC as they come, until its standard input ends.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	topic := os.Args[1]
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topic))
	if err != nil {
		log.Fatal(err)
	}
	defer cluster.Close()
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, cluster.ListenAddrs()[0])
	out.Flush()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	for ctx.Err() == nil {
		fetched := client.PollFetches(ctx)
		fetched.EachError(func(topic string, _ int32, err error) {
			if ctx.Err() == nil {
				log.Fatalf("%s: %v", topic, err)
			}
		})
		fetched.EachRecord(func(r *kgo.Record) {
			out.Write(r.Value)
			out.WriteByte('\n')
		})
		if err := out.Flush(); err != nil {
			log.Fatal(err)
		}
	}
}
