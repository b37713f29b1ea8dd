"""Given names that tell who says "I'm John Smith" from who says "I'm South African": none is a common word besides."""

from __future__ import annotations

_GIVEN = """
Aaron Abigail Adam Ahmed Aiden Aisha Alan Albert Alejandro Alex Alexander Alexis Ali Alice Allison Amanda Amit Amy Ana
Andrea Andreas Andrew Andy Angela Anil Ann Anna Anne Anthony Antonio Arthur Ashley Barbara Becky Ben Benjamin Beth
Betty Bob Brandon Brenda Brian Brittany Bruce Bryan Carl Carlos Carmen Carol Caroline Carolyn Catherine Charles Cheryl
Chloe Chris Christina Christine Christopher Claire Claudia Colin Connor Craig Cynthia Dan Daniel Daniela Danielle Dave
David Deborah Debra Deepak Denise Dennis Derek Diana Diane Diego Donald Donna Dorothy Douglas Dylan Edward Eleanor
Elena Elijah Elizabeth Ella Ellen Emily Emma Eric Erik Ethan Eugene Evelyn Fatima Felix Fernando Fiona Florian Frances
Francesca Francisco Gabriel Gary Geoffrey George Gerald Giovanni Gloria Greg Gregory Hannah Hans Harold Harry Heather
Heike Helen Helena Henry Hiroshi Ian Ibrahim Ingrid Isaac Isabel Isabella Jack Jacob Jacqueline Jake James Jamie Jane
Janet Janice Jasmine Jason Javier Jayden Jean Jeff Jeffrey Jen Jennifer Jenny Jeremy Jerry Jesse Jessica Jim Joan Joe
Joel Johanna Johannes John Jonas Jonathan Jorge Jose José Joseph Joshua Joyce Juan Judith Judy Julia Julian Julie
Jürgen Justin Karen Karl Kate Katherine Kathleen Kathryn Katie Kayla Keith Kelly Ken Kenji Kenneth Kevin Kim Kimberly
Klaus Kyle Larry Laura Lauren Lawrence Lena Leo Leon Liam Linda Lisa Liz Lori Lucas Lucia Lucy Luis Lukas Luke Manuel
Marco Margaret Maria Marie Marilyn Mario Marta Martha Martin Mary Matt Matthew Megan Melissa Mia Michael Michelle
Miguel Mike Mohamed Mohammed Muhammad Nancy Natalie Natasha Nathan Neha Neil Nicholas Nick Nicola Nicole Noah Nora
Oliver Olivia Omar Oscar Owen Pablo Pamela Patricia Patrick Paul Paula Pedro Peter Petra Philip Philipp Phillip Pooja
Priya Rachel Rahul Raj Ralph Ray Raymond Rebecca Ricardo Richard Robert Roberto Roger Ronald Ruth Ryan Sabine Sally
Sam Samantha Samuel Sandra Sanjay Sara Sarah Scott Sean Sebastian Sharon Shirley Simon Sofia Sophia Sophie Stefan
Stephanie Stephen Steve Steven Stuart Sue Sunil Susan Suzanne Tanya Teresa Terry Theresa Thomas Tim Timothy Tina Tom
Tony Tracy Tyler Ursula Valerie Vanessa Vicky Victor Victoria Vincent Walter Wendy William Wolfgang Yuki Yusuf Zachary
Zoe
"""
GIVEN_NAMES = "|".join(_GIVEN.split())
"""As the alternatives of a pattern."""
PINYIN_SURNAMES = "Wang|Li|Zhang|Liu|Chen|Yang|Huang|Zhao|Wu|Zhou|Xu|Ma|Zhu|Hu|Guo|Lin|Gao|Luo|Zheng|Liang|Xie|Tang"
"""Surnames in Latin letters that come before the given name, as the alternatives of a pattern."""
