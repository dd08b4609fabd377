package main

import (
	"io"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
)

func newMan(e *env) *cobra.Command {
	return &cobra.Command{
		Use:    "man",
		Short:  "print the manual page ferry(1)",
		Hidden: true,
		Args:   exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, c.Root())
			if err != nil {
				return err
			}
			_, err = io.WriteString(e.out, page.Build(roff.NewDocument()))
			return err
		},
	}
}
