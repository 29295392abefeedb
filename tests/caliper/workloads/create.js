'use strict';

const { Workload, workload } = require('./workload');

/** New keys. */
class Create extends Workload {
    submitTransaction() {
        return this.submit('create', this.key(this.sent++), this.value);
    }
}

module.exports = workload(Create);
