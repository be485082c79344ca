/*
 * A search tree in an array of nodes that malloc gives. Each insertion calls
 * itself on the way down, under one lock; at the end the tree has the height
 * that its three keys allow.
 */
//@ expect holds;

#include <pthread.h>
#include <stdlib.h>
#include <assert.h>

struct node {
    int key;
    struct node *left, *right;
};

static struct node *root;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct node *insert(struct node *n, int key)
{
    if (n == NULL) {
        n = malloc(sizeof(struct node));
        n->key = key;
        n->left = n->right = NULL;
    } else {
        struct node **side = key < n->key ? &n->left : &n->right;
        *side = insert(*side, key);
    }
    return n;
}

static int height(struct node *n)
{
    if (n == NULL)
        return 0;
    int left = height(n->left);
    int right = height(n->right);
    return 1 + (left > right ? left : right);
}

static void *inserter(void *arg)
{
    pthread_mutex_lock(&lock);
    root = insert(root, (int)(long)arg);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t a, b;

    root = insert(NULL, 2);
    pthread_create(&a, NULL, inserter, (void *)1);
    pthread_create(&b, NULL, inserter, (void *)3);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    assert(height(root) == 2);
    return 0;
}
