"""The shell: settings, urls, the dashboard, the demo and the `import` command. It alone knows all three apps."""
