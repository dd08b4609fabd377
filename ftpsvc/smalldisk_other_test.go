//go:build !linux

package ftpsvc

import "testing"

func smallDisk(t *testing.T) string {
	t.Helper()
	t.Skip("a small disk is made only on Linux")
	return ""
}
