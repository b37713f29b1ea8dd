"""What people take out of a store: audiences, profiles, and reports on reviews, searches, funnel and cohorts."""
