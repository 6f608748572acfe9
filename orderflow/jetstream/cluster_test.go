package jetstream_test

import (
	"fmt"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// cluster is NATS servers on loopback, which replicate.
type cluster struct {
	t       *testing.T
	options []*server.Options

	mu      sync.Mutex
	servers []*server.Server
}

// newCluster starts n servers.
func newCluster(t *testing.T, n int) *cluster {
	c := &cluster{t: t, servers: make([]*server.Server, n)}
	var routes []*url.URL
	ports := freePorts(t, 2*n)
	for i := range n {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", ports[n+i])})
	}
	for i := range n {
		o := &server.Options{ServerName: fmt.Sprintf("server-%d", i), Host: "127.0.0.1", Port: ports[i], NoSigs: true,
			NoLog: true, JetStream: true, StoreDir: t.TempDir()}
		if n > 1 {
			o.Cluster = server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[n+i]}
			o.Routes = routes
		}
		c.options = append(c.options, o)
	}
	for i := range n {
		c.start(i)
	}
	t.Cleanup(func() {
		for i := range n {
			c.kill(i)
		}
	})
	require.Eventually(t, func() bool { return n == 1 || c.hasLeader() }, 2*time.Minute, 10*time.Millisecond)
	return c
}

func (c *cluster) hasLeader() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.servers {
		if s != nil && s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(c.servers) {
			return true
		}
	}
	return false
}

// freePorts are ports that are free now.
func freePorts(t *testing.T, n int) (ports []int) {
	for range n {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// start starts a server, on the data that it had.
func (c *cluster) start(i int) {
	s, err := server.NewServer(c.options[i].Clone())
	require.NoError(c.t, err)
	c.mu.Lock()
	c.servers[i] = s
	c.mu.Unlock()
	go s.Start()
	require.True(c.t, s.ReadyForConnections(time.Minute))
}

// kill ends a server, and its connections with it.
func (c *cluster) kill(i int) {
	c.mu.Lock()
	s := c.servers[i]
	c.servers[i] = nil
	c.mu.Unlock()
	if s != nil {
		s.Shutdown()
		s.WaitForShutdown()
	}
}

// connect connects to the servers, and again to another one if one is killed.
func (c *cluster) connect() natsjs.JetStream {
	var urls string
	for _, o := range c.options {
		urls += fmt.Sprintf("nats://127.0.0.1:%d,", o.Port)
	}
	conn, err := nats.Connect(urls[:len(urls)-1], nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(c.t, err)
	c.t.Cleanup(conn.Close)
	js, err := natsjs.New(conn)
	require.NoError(c.t, err)
	return js
}
