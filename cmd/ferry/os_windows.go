package main

const windows = true
