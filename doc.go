// Package plumbline is the record of an anti-trafficking response: its nouns, their rules, and who may do what.
package plumbline
