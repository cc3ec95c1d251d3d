package daemon

import (
	"crypto/x509"
	"fmt"
	"os"

	"flowd/hireflix"
	"flowd/internal/config"
)

// clientOptions are what the Hireflix client needs of the configuration. The
// proxy is the environment's, as everywhere.
func clientOptions(c *config.Config) (hireflix.Options, error) {
	o := hireflix.Options{URL: c.Hireflix.URL, Key: c.Hireflix.APIKey.Read, Timeout: c.Hireflix.Timeout}
	roots, err := trusted(c)
	o.RootCAs = roots
	return o, err
}

// trusted are the authorities that outgoing calls trust: the system's, which nil
// stands for, and those of the configuration.
func trusted(c *config.Config) (*x509.CertPool, error) {
	if c.TLS.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.TLS.CAFile)
	if err != nil {
		return nil, fmt.Errorf("tls.ca_file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls.ca_file: %s holds no certificate in PEM form", c.TLS.CAFile)
	}
	return roots, nil
}
