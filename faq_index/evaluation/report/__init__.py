"""One HTML page that shows an evaluation to a lead: what happened, how sure the bot may be, and which articles to mend."""
