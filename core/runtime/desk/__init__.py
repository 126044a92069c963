"""What people ask for and do: the questions and acts behind the commands and the console, each as a plain function."""
