package session

import (
	"crypto/tls"
	"strings"
)

// describeTLS names version and cipher: "TLS 1.3 AES-128-GCM-SHA256".
func describeTLS(st *tls.ConnectionState) string {
	cipher := strings.TrimPrefix(tls.CipherSuiteName(st.CipherSuite), "TLS_")
	return tls.VersionName(st.Version) + " " + strings.ReplaceAll(cipher, "_", "-")
}
