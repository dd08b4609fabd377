// Package ui is the screen: a root model that routes keys, mouse and news from
// the service, owns focus and layout, and acts on what its widgets report.
// The widgets (pane, queue, dialog, menu, log, view) are plain structs that
// draw and report an action.Intent; none of them does I/O.
//
// What floats over the screen, a dialog, a menu, the palette, has
//
//	SetSize(w, h int)                     // of the whole screen
//	View() (content string, x, y int)     // where it stands, lines of equal width
//	Key(tea.KeyPressMsg) action.Intent
//	Mouse(tea.MouseMsg) action.Intent     // screen coordinates
//	Paste(string) action.Intent
//	Cursor() *tea.Cursor                  // screen coordinates, nil when no field has the focus
//
// and a strip, the queue or the log under the panes, has Lines(w, h int)
// []string, each line exactly w columns, and the same Key and Mouse, with
// coordinates of the strip.
//
// Nothing in Update or View reads a disk, a socket or a lock that is held over
// either: requests go to ftpsvc.API.Submit, which only appends to a list, and
// news come from one Next command that is armed again on each batch.
package ui
