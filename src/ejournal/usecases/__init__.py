"""What people do: functions over a unit of work, one module for each kind of work."""
