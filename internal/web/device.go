package web

import "strings"

// deviceOf names the browser and the system that a request comes from, for a
// person who looks which sessions are theirs. It says nothing finer: no
// version, no model.
func deviceOf(userAgent string) string {
	find := func(names ...string) string {
		for i := 0; i < len(names); i += 2 {
			if strings.Contains(userAgent, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	// Browsers name others to be taken for them: the one that is meant comes first.
	browser := find("Edg", "Edge", "OPR/", "Opera", "SamsungBrowser", "Samsung Internet", "Firefox", "Firefox", "FxiOS", "Firefox",
		"Chrome", "Chrome", "CriOS", "Chrome", "Safari", "Safari")
	system := find("Android", "Android", "iPhone", "iOS", "iPad", "iOS", "Windows", "Windows", "Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	if browser != "" && system != "" {
		return browser + ", " + system
	}
	return browser + system
}
