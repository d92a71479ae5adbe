from automation.model import Head as Head
