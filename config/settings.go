package config

// Config is config.toml. The tags say what a value may be (one of words, at
// least, at most) and what Reference prints; the zero value is not the default,
// see Default.
type Config struct {
	Screen     Screen     `toml:"screen"`
	Keys       Keys       `toml:"keys"`
	Transfer   Transfer   `toml:"transfer"`
	Connection Connection `toml:"connection"`
	Confirm    Confirm    `toml:"confirm"`
}

// Screen is how ferry looks.
type Screen struct {
	Theme       string   `toml:"theme" oneof:"terminal dark light" doc:"colours: those of the terminal, or a palette of its own"`
	Glyphs      string   `toml:"glyphs" oneof:"auto unicode ascii" doc:"lines and signs; auto asks the locale"`
	FPS         int      `toml:"fps" min:"0" max:"120" doc:"frames a second at most; 0: 60, or 30 over SSH"`
	Mouse       bool     `toml:"mouse" doc:"listen to the mouse"`
	Hidden      bool     `toml:"hidden" doc:"show names that begin with a dot"`
	Sort        string   `toml:"sort" oneof:"name extension size date owner none" doc:"order of the panes"`
	SortReverse bool     `toml:"sort_reverse" doc:"the other way round"`
	DirsFirst   bool     `toml:"dirs_first" doc:"folders before files"`
	Columns     []string `toml:"columns" oneof:"size date mode owner group extension" doc:"columns beside the name, where there is room"`
	Split       int      `toml:"split" min:"10" max:"90" doc:"width of the left pane, per cent"`
	Queue       int      `toml:"queue" min:"0" max:"50" doc:"rows of the queue strip at most; 0: as the layout says"`
	Log         bool     `toml:"log" doc:"show the log when ferry starts"`
	Editor      string   `toml:"editor" doc:"program for F4; empty: $VISUAL, $EDITOR, or what is installed"`
	LocalStart  string   `toml:"local_start" doc:"folder of the local pane; empty: where ferry was started"`
}

// Keys is the key map.
type Keys struct {
	Preset string              `toml:"preset" oneof:"norton vim" doc:"the map to begin with"`
	Bind   map[string][]string `toml:"bind" doc:"action = [\"key\", ...]; replaces the action's keys; see: ferry keys"`
}

// Transfer is how files are moved, unless a dialog or a flag says otherwise.
type Transfer struct {
	Download     string   `toml:"download" oneof:"ask skip overwrite resume keep-both newer size differs" doc:"what to do where the target of a download exists"`
	Upload       string   `toml:"upload" oneof:"ask skip overwrite resume keep-both newer size differs" doc:"the same for an upload"`
	Parallel     int      `toml:"parallel" min:"1" max:"64" doc:"connections for transfers, each site"`
	ParallelAll  int      `toml:"parallel_all" min:"1" max:"256" doc:"connections for transfers, all sites together"`
	Segments     int      `toml:"segments" min:"0" max:"32" doc:"connections for one large download; 0: chosen by ferry, 1: one"`
	LimitDown    Rate     `toml:"limit_down" doc:"bytes a second over all downloads, such as \"2 MiB\"; 0: no limit"`
	LimitUp      Rate     `toml:"limit_up" doc:"the same for uploads"`
	BlockSize    Size     `toml:"block_size" doc:"bytes of one read and write; 0: chosen by ferry"`
	TempNames    string   `toml:"temp_names" oneof:"auto never" doc:"upload under a temporary name first; auto: what replaces a file, and what is 1 MiB or more"`
	Links        string   `toml:"links" oneof:"skip follow recreate" doc:"links in a folder that is copied"`
	KeepTime     bool     `toml:"keep_time" doc:"give copies the time of the original"`
	KeepMode     bool     `toml:"keep_mode" doc:"give copies the permissions of the original"`
	Hash         string   `toml:"hash" oneof:"off auto" doc:"auto: compare by a hash of the server's where it offers one"`
	Sync         string   `toml:"sync" oneof:"auto always never" doc:"flush to the disk: big files each and small ones once a batch, each, none"`
	ASCII        []string `toml:"ascii" doc:"masks of names that are sent as text, such as \"*.txt\""`
	Exclude      []string `toml:"exclude" doc:"masks of names that folders are copied without"`
	Tries        int      `toml:"tries" min:"1" max:"100" doc:"starts of an item before it has failed"`
	KeepFinished Duration `toml:"keep_finished" doc:"how long finished items stay in the queue"`
	AtEnd        string   `toml:"at_end" oneof:"none bell notify command" doc:"what to do when the queue has become empty"`
	AtEndCommand []string `toml:"at_end_command" doc:"program and arguments for at_end = \"command\""`
}

// Connection is how servers are reached, unless the site says otherwise.
type Connection struct {
	TLS          string   `toml:"tls" oneof:"try off explicit implicit" doc:"encryption for ftp:// and new sites"`
	Mode         string   `toml:"mode" oneof:"auto epsv pasv eprt port" doc:"how data connections are made"`
	Charset      string   `toml:"charset" doc:"names on the server: auto or an IANA name such as GBK"`
	Timeout      Duration `toml:"timeout" doc:"for one reply"`
	DataIdle     Duration `toml:"data_idle" doc:"without a byte on a data connection"`
	Keepalive    Duration `toml:"keepalive" doc:"between two NOOP on an idle connection"`
	MaxConns     int      `toml:"max_conns" min:"0" max:"64" doc:"connections to one server; 0: as many as it bears"`
	SocketBuffer Size     `toml:"socket_buffer" doc:"bytes of a data connection's socket buffers; 0: as the system says"`
	ActivePorts  string   `toml:"active_ports" doc:"ports to listen on in active mode, such as 40000-40100"`
	ActiveAddr   string   `toml:"active_addr" doc:"address that servers see, for active mode behind a router"`
	Proxy        string   `toml:"proxy" doc:"socks5://host:port, http://host:port or ftp://host:port?login=user@host, proxy-user, site or open; none; empty: the environment's (FTP_PROXY, ALL_PROXY, NO_PROXY)"`
	Keyring      bool     `toml:"keyring" doc:"offer to keep passwords in the system's keyring"`
	Netrc        bool     `toml:"netrc" doc:"look for passwords in ~/.netrc"`
}

// Confirm is what ferry asks about before it does it. Deleting is always asked.
type Confirm struct {
	Quit       bool `toml:"quit" doc:"leaving while transfers run"`
	Disconnect bool `toml:"disconnect" doc:"closing a connection while transfers run"`
	DragDrop   bool `toml:"drag_drop" doc:"show the copy dialog after a drag"`
}

// Default returns the settings of a ferry that was told nothing.
func Default() Config {
	return Config{
		Screen: Screen{Theme: "terminal", Glyphs: "auto", Mouse: true, Sort: "name", DirsFirst: true,
			Columns: []string{"size", "date", "mode", "owner"}, Split: 50, Log: true},
		Keys: Keys{Preset: "norton"},
		Transfer: Transfer{Download: "ask", Upload: "ask", Parallel: 4, ParallelAll: 16, TempNames: "auto",
			Links: "skip", KeepTime: true, Hash: "off", Sync: "auto", Tries: 5, KeepFinished: week, AtEnd: "none"},
		Connection: Connection{TLS: "try", Mode: "auto", Charset: "auto", Timeout: 30 * second, DataIdle: 60 * second,
			Keepalive: 30 * second, Keyring: true, Netrc: true},
		Confirm: Confirm{Quit: true, Disconnect: true, DragDrop: true},
	}
}
