package config

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Site is a saved server: a table of sites.toml that bears its name. It holds
// no password. A zero value means the default.
type Site struct {
	Host    string `toml:"host" doc:"name or address"`
	Port    int    `toml:"port" min:"0" max:"65535" doc:"0: 21, or 990 with implicit TLS"`
	User    string `toml:"user" doc:"empty: anonymous"`
	Account string `toml:"account" doc:"sent where the server asks for ACCT"`
	Keyring bool   `toml:"keyring" doc:"the password is in the system's keyring"`

	Start      string   `toml:"start" doc:"folder to begin in"`
	LocalStart string   `toml:"local_start" doc:"folder of the local pane"`
	Note       string   `toml:"note" doc:"anything, shown in the list of sites"`
	Bookmarks  []string `toml:"bookmarks" doc:"folders on the server"`

	TLS        string `toml:"tls" oneof:"try off explicit implicit" empty:"yes" doc:"encryption"`
	TLSMin     string `toml:"tls_min" oneof:"1.2 1.3" empty:"yes" doc:"lowest version"`
	TLSMax     string `toml:"tls_max" oneof:"1.2 1.3" empty:"yes" doc:"highest version"`
	ClientCert string `toml:"client_cert" doc:"PEM file"`
	ClientKey  string `toml:"client_key" doc:"PEM file"`
	Insecure   bool   `toml:"insecure" doc:"take any certificate"`

	Mode        string `toml:"mode" oneof:"auto epsv pasv eprt port" empty:"yes" doc:"how data connections are made"`
	TrustPASV   bool   `toml:"trust_pasv" doc:"use the address in a PASV reply"`
	ActivePorts string `toml:"active_ports" doc:"such as 40000-40100"`
	ActiveAddr  string `toml:"active_addr" doc:"address that the server sees"`

	Charset string `toml:"charset" doc:"auto or an IANA name"`
	Zone    string `toml:"zone" doc:"of the times in listings: +0200 or Europe/Berlin"`
	List    string `toml:"list" oneof:"mlsd list list-a nlst" empty:"yes" doc:"command for listings"`
	Proxy   string `toml:"proxy" doc:"as in the settings; none"`

	MaxConns     int      `toml:"max_conns" min:"0" max:"64" doc:"0: as many as the server bears"`
	LimitDown    Rate     `toml:"limit_down" doc:"bytes a second"`
	LimitUp      Rate     `toml:"limit_up" doc:"bytes a second"`
	Timeout      Duration `toml:"timeout" doc:"for one reply"`
	DataIdle     Duration `toml:"data_idle" doc:"without a byte on a data connection"`
	Keepalive    Duration `toml:"keepalive" doc:"between two NOOP while idle"`
	SocketBuffer Size     `toml:"socket_buffer" doc:"bytes of a data connection's socket buffers"`
	Debug        int      `toml:"debug" min:"0" max:"2" doc:"level of the log: 1 commands and replies, 2 details; 0: as it is set"`
	NoTempName   bool     `toml:"no_temp_name" doc:"upload under the final name, for servers that cannot rename"`
}

// NamedSite is a site and what it is called.
type NamedSite struct {
	Name string
	Site
}

// ErrNoSite is the error for a name that no site has.
var ErrNoSite = errors.New("no such site")

// ErrTaken is the error for a new name that a site has already.
var ErrTaken = errors.New("a site of this name is there already")

// Sites reads the saved sites, sorted by name. A site without a host, or with
// a value that cannot be read, is a problem and left out: connecting on half of
// what was meant could send a password in clear text. For a file that is not
// TOML there are none.
func (s *Store) Sites() ([]NamedSite, []*Problem) {
	m, problems, _, _ := s.siteMap()
	list := make([]NamedSite, 0, len(m))
	for name, site := range m {
		list = append(list, NamedSite{name, site})
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := strings.ToLower(list[i].Name), strings.ToLower(list[j].Name)
		return a < b || a == b && list[i].Name < list[j].Name
	})
	return list, problems
}

func (s *Store) siteMap() (map[string]Site, []*Problem, []byte, bool) {
	m := map[string]Site{}
	file := s.dirs.SitesFile()
	data, problems, whole := s.read(file, &m)
	if !whole {
		return map[string]Site{}, problems, data, false
	}
	for name, site := range m {
		if slices.ContainsFunc(problems, func(p *Problem) bool { return !p.Harmless() && p.of(name) }) {
			delete(m, name)
		} else if site.Host == "" {
			problems = append(problems, &Problem{File: file, Line: (&document{data}).line([]string{name}), Key: keyText([]string{name}), Text: "site has no host"})
			delete(m, name)
		}
	}
	sort.SliceStable(problems, func(i, j int) bool { return problems[i].Line < problems[j].Line })
	return m, problems, data, true
}

// Site finds a site by its name, or by the name in another case when only one
// is meant. ErrNoSite comes with the nearest name.
func (s *Store) Site(name string) (NamedSite, error) {
	list, problems := s.Sites()
	var alike []NamedSite
	var names []string
	for _, n := range list {
		if n.Name == name {
			return n, nil
		}
		if strings.EqualFold(n.Name, name) {
			alike = append(alike, n)
		}
		names = append(names, n.Name)
	}
	if len(alike) == 1 {
		return alike[0], nil
	}
	err := fmt.Errorf("open %q: %w", name, ErrNoSite)
	if i := slices.IndexFunc(problems, func(p *Problem) bool { return !p.Harmless() && p.of(name) }); i >= 0 {
		err = fmt.Errorf("open %q: %w", name, problems[i])
	} else if near := Nearest(name, names); near != "" {
		err = fmt.Errorf("%w; did you mean %q?", err, near)
	} else if len(problems) > 0 {
		err = fmt.Errorf("%w (%w)", err, problems[0])
	}
	return NamedSite{}, err
}

// SaveSite stores a site under its name, also in the place of one that was
// called before until now; before "" is a new one, and must not be there yet.
// Comments and the order of the file stay.
func (s *Store) SaveSite(before string, site NamedSite) error {
	if err := CheckSiteName(site.Name); err != nil {
		return err
	}
	if site.Host == "" {
		return fmt.Errorf("save site %q: no host", site.Name)
	}
	return s.changeSites("save site", site.Name, func(m map[string]Site, d *document) error {
		old, there := m[before]
		if _, taken := m[site.Name]; taken && before != site.Name {
			return fmt.Errorf("save site %q: %w", site.Name, ErrTaken)
		}
		if u, err := url.Parse(site.Proxy); err == nil && u.User != nil && site.Proxy != old.Proxy {
			if _, secret := u.User.Password(); secret {
				return fmt.Errorf("save site %q: the proxy's password does not belong in a file; set ALL_PROXY in the environment instead", site.Name)
			}
		}
		if there && before != site.Name {
			if err := d.rename(before, site.Name); err != nil {
				return err
			}
			delete(m, before)
		}
		m[site.Name] = site.Site
		return d.edit(reflect.ValueOf(old), reflect.ValueOf(site.Site), []string{site.Name}, true)
	})
}

// DeleteSite takes a site out of the file. Its password, if any, stays in the
// keyring until DeletePassword.
func (s *Store) DeleteSite(name string) error {
	return s.changeSites("delete site", name, func(m map[string]Site, d *document) error {
		if _, ok := m[name]; !ok {
			return fmt.Errorf("delete site %q: %w", name, ErrNoSite)
		}
		delete(m, name)
		return d.removeTable([]string{name})
	})
}

func (s *Store) changeSites(op, name string, change func(map[string]Site, *document) error) error {
	return s.dirs.locked(func() error {
		m, problems, data, _ := s.siteMap()
		if len(problems) > 0 {
			return fmt.Errorf("%s %q: %w", op, name, problems[0])
		}
		d := document{data}
		if err := change(m, &d); err != nil {
			return err
		}
		for _, p := range validate(s.dirs.SitesFile(), &d, reflect.ValueOf(&m).Elem(), nil) {
			return fmt.Errorf("%s %q: %w", op, name, p)
		}
		back := map[string]Site{}
		problems, _ = decode(s.dirs.SitesFile(), d.text, &back)
		return s.write(s.dirs.SitesFile(), data, d.text, len(problems) == 0 && same(m, back), func(d *document) error {
			for _, name := range sortedNames(m) {
				if err := d.edit(reflect.ValueOf(Site{}), reflect.ValueOf(m[name]), []string{name}, true); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func sortedNames(m map[string]Site) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// CheckSiteName refuses a name that could not be typed after `ferry` or would
// be taken for something else.
func CheckSiteName(name string) error {
	switch {
	case strings.TrimSpace(name) == "" || strings.TrimSpace(name) != name:
		return fmt.Errorf("site name %q: empty, or blanks at an end", name)
	case strings.HasPrefix(name, "-"):
		return fmt.Errorf("site name %q: begins with a dash like a flag", name)
	case strings.Contains(name, "://"):
		return fmt.Errorf("site name %q: looks like a URL", name)
	case !utf8.ValidString(name) || strings.IndexFunc(name, unicode.IsControl) >= 0:
		return fmt.Errorf("site name %q: holds a control character or is not UTF-8", name)
	}
	return nil
}
