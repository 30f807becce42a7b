"""Vlekkeloos: pull, validate, reconcile and publish the records that municipalities and registries share."""
