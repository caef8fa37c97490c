package live

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// TimestampTypes lists the types of time stamps that a device has.
func TimestampTypes(device string) ([]capture.TimestampType, error) {
	types, err := hardwareTimestamps(device)
	if err != nil {
		return nil, &Error{Device: device, Reason: "SIOCETHTOOL(ETHTOOL_GET_TS_INFO) ioctl failed: " + syserr.Text(err), Err: err}
	}
	if len(types) == 0 {
		types = []capture.TimestampType{capture.TimestampHost}
	}
	return types, nil
}

// hardwareTimestamps lists the types of a device that stamps all packets that
// it receives; nothing for others.
func hardwareTimestamps(device string) ([]capture.TimestampType, error) {
	if device == anyDevice {
		return nil, nil
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	info, err := unix.IoctlGetEthtoolTsInfo(fd, device)
	switch {
	case errors.Is(err, unix.EOPNOTSUPP):
		// It cannot be asked: any may work.
		return []capture.TimestampType{capture.TimestampHost, capture.TimestampAdapter, capture.TimestampAdapterUnsynced}, nil
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.EINVAL):
		return nil, nil // opening it will say so
	case err != nil:
		return nil, err
	case info.Rx_filters&(1<<unix.HWTSTAMP_FILTER_ALL) == 0:
		return nil, nil
	}
	return stampedBy(info.So_timestamping), nil
}

// stampedBy are the types that a device's flags stand for (linux/net_tstamp.h).
func stampedBy(flags uint32) (types []capture.TimestampType) {
	for _, t := range [...]struct {
		flag uint32
		is   capture.TimestampType
	}{
		{unix.SOF_TIMESTAMPING_SOFTWARE, capture.TimestampHost},
		{unix.SOF_TIMESTAMPING_SYS_HARDWARE, capture.TimestampAdapter},
		{unix.SOF_TIMESTAMPING_RAW_HARDWARE, capture.TimestampAdapterUnsynced},
	} {
		if flags&t.flag != 0 {
			types = append(types, t.is)
		}
	}
	return types
}

// checkTimestampType falls back to the host's time stamps, with a warning, when
// the device has not those asked for.
func (e *ringEngine) checkTimestampType() {
	want := e.cfg.TimestampType
	if want == capture.TimestampHost {
		return
	}
	if types, _ := hardwareTimestamps(e.name); !slices.Contains(types, want) {
		e.useHostTimestamps()
	}
}

// stampPackets has the device stamp packets, if it is to.
func (e *ringEngine) stampPackets() error {
	var source int
	switch e.cfg.TimestampType {
	case capture.TimestampAdapter:
		source = unix.SOF_TIMESTAMPING_SYS_HARDWARE
	case capture.TimestampAdapterUnsynced:
		source = unix.SOF_TIMESTAMPING_RAW_HARDWARE
	default:
		return nil
	}
	err := unix.IoctlSetHwTstamp(e.rings[0].fd, e.name, &unix.HwTstampConfig{
		Tx_type:   unix.HWTSTAMP_TX_ON,
		Rx_filter: unix.HWTSTAMP_FILTER_ALL,
	})
	switch {
	case errors.Is(err, unix.EPERM):
		return &Error{Device: e.name, Reason: noPermission, Err: err,
			Detail: "Attempt to set hardware timestamp failed - CAP_NET_ADMIN may be required",
			Remedy: setcapHint()}
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ERANGE):
		e.warn(e.name + ": " + timestampUnsupported)
		return nil
	case err != nil:
		return e.failed("SIOCSHWTSTAMP failed", err)
	}
	for _, r := range e.rings {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_TIMESTAMP, source); err != nil {
			return e.failed("can't set PACKET_TIMESTAMP", err)
		}
	}
	return nil
}
