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
	if c.TLS.CAFile == "" {
		return o, nil
	}
	pem, err := os.ReadFile(c.TLS.CAFile)
	if err != nil {
		return o, fmt.Errorf("tls.ca_file: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return o, fmt.Errorf("tls.ca_file: %s holds no certificate in PEM form", c.TLS.CAFile)
	}
	o.RootCAs = roots
	return o, nil
}
