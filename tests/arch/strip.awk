# SPDX-License-Identifier: Apache-2.0
# C without its comments, and with strings and character constants emptied,
# line for line.
{
	line = $0
	out = ""
	while (line != "") {
		if (comment) {
			end = index(line, "*/")
			if (!end)
				break
			line = substr(line, end + 2)
			comment = 0
			continue
		}
		if (!match(line, /"|'|\/\*|\/\//)) {
			out = out line
			break
		}
		out = out substr(line, 1, RSTART - 1)
		mark = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (mark == "/*") {
			comment = 1
			out = out " "
		} else if (mark == "//") {
			break
		} else {
			while (line != "" && substr(line, 1, 1) != mark)
				line = substr(line, \
				    substr(line, 1, 1) == "\\" ? 3 : 2)
			line = substr(line, 2)
			out = out mark mark
		}
	}
	print out
}
