/* An account that several threads book on. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

extern int balance;

void book(int amount);

#endif
