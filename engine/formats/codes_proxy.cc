#include "engine/formats/codes_table.h"

// Codes of the proxy's own file, and of sidecars made from a mesh; see proxy/app.
namespace shaketable::engine {
namespace {

constexpr CodeInfo kCodes[] = {
    {"ST1401", "Not an address",
     "Addresses are host:port (127.0.0.1:8080), [v6]:port ([::1]:8080) or unix:/path. A listener "
     "needs an IP address; upstreams may also be names, which are looked up."},
    {"ST1402", "No such cluster", "Nothing under `clusters` has this name."},
    {"ST1403", "Two listeners at one address",
     "Each listener and the admin port need an address of their own; 0.0.0.0 takes a port on "
     "every address."},
    {"ST1404", "Requests could go nowhere",
     "A listener without routes answers everything with 404. Write `upstream` or `routes` for "
     "outbound listeners, `app` for inbound ones, `to` for TCP."},
    {"ST1405", "A file that is needed cannot be read",
     "Certificates, keys, authorities, revocation lists and tokens are read when the proxy "
     "starts and on every reload. Paths are relative to the folder of the file that names them."},
    {"ST1406", "TLS settings that cannot work",
     "A server needs `certificate` and `key`; whoever verifies a peer needs `ca`; a client also "
     "needs the name or the trust domain that it expects."},
    {"ST1407", "A setting without effect",
     "What is written is correct and nothing would follow it; so it is not what was meant."},
    {"ST1408", "A cluster without endpoints",
     "Write one of `endpoints`, `endpoints_file` and `dns`, with at least one address."},
    {"ST1409", "An admin port without a token",
     "Whoever reaches the admin port can stop the proxy and inject faults. Keep it on loopback or "
     "a Unix socket, or give a token."},
    {"ST1410", "Not a domain, or one that is taken",
     "Domains are names, `*`, `*.suffix` or `prefix.*`, without a scheme or a path. Each belongs "
     "to "
     "one virtual host, because the best domain decides, not the order."},
    {"ST1411", "A header that cannot be",
     "Names are tokens (letters, digits, -, _ ...), values have no line breaks, and headers that "
     "frame a message (content-length, connection, host ...) belong to the proxy."},
    {"ST1412", "Something is missing for this workload",
     "A sidecar of a mesh needs the workload's name, the address of its application, addresses of "
     "the services that it calls, and certificates when the mesh wants mTLS."},
};

}  // namespace

std::span<const CodeInfo> proxy_codes() { return kCodes; }

}  // namespace shaketable::engine
