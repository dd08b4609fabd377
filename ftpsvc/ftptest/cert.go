package ftptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// CertOptions describe a certificate to make.
type CertOptions struct {
	Hosts     []string  // names and addresses; empty: 127.0.0.1, ::1 and localhost
	Name      string    // common name; "": "ferry test"
	NotBefore time.Time // zero: an hour ago
	NotAfter  time.Time // zero: in a day
	Parent    *Cert     // signs it; nil: self-signed
}

// Cert is a certificate with its key, made for a test.
type Cert struct {
	TLS    tls.Certificate
	Leaf   *x509.Certificate
	key    *ecdsa.PrivateKey
	PEM    []byte // certificate
	KeyPEM []byte
}

// MakeCert makes a certificate.
func MakeCert(o CertOptions) (*Cert, error) {
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"127.0.0.1", "::1", "localhost"}
	}
	if o.Name == "" {
		o.Name = "ferry test"
	}
	if o.NotBefore.IsZero() {
		o.NotBefore = time.Now().Add(-time.Hour)
	}
	if o.NotAfter.IsZero() {
		o.NotAfter = time.Now().Add(24 * time.Hour)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: o.Name},
		NotBefore: o.NotBefore, NotAfter: o.NotAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IsCA:        o.Parent == nil, BasicConstraintsValid: true,
	}
	for _, h := range o.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	parent, signer := tmpl, key
	if o.Parent != nil {
		parent, signer = o.Parent.Leaf, o.Parent.key
	}
	return finishCert(o, tmpl, parent, key, signer)
}

func finishCert(o CertOptions, tmpl, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (*Cert, error) {
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	kb, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	c := &Cert{Leaf: leaf, key: key,
		PEM:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		KeyPEM: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: kb})}
	c.TLS = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	if o.Parent != nil {
		c.TLS.Certificate = append(c.TLS.Certificate, o.Parent.Leaf.Raw)
	}
	return c, nil
}
