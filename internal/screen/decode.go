package screen

import "time"

// escapePatience is how long after Escape the rest of a key's sequence may come.
const escapePatience = 50 * time.Millisecond

// decode calls press with the keys that are read.
func decode(read <-chan []byte, press func([]Key)) {
	var d Decoder
	for {
		var late <-chan time.Time
		if d.Waits() {
			late = time.After(escapePatience)
		}
		select {
		case b, ok := <-read:
			if !ok {
				return
			}
			if keys := d.Feed(nil, b); keys != nil {
				press(keys)
			}
		case <-late:
			if keys := d.Flush(nil); keys != nil {
				press(keys)
			}
		}
	}
}
