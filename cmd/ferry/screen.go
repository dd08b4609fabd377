package main

import "github.com/spf13/cobra"

func openScreen(cmd *cobra.Command, e *env, o *options, args []string) error { return cmd.Help() }
