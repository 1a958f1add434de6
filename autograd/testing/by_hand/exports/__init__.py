"""Exports of worksheets to learning platforms."""
